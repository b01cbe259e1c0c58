"""Checks the training data every night, before the tasks that use it."""

from datetime import datetime

from airflow import DAG

# In Airflow 3: airflow.providers.standard.operators.bash
from airflow.operators.bash import BashOperator

with DAG(
    dag_id="check_data",
    schedule="30 2 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
):
    # Exit codes 1 (a check failed) and 2 (trouble) fail the task, and what is downstream
    # of it does not run. The same data fails again: no retries.
    BashOperator(
        task_id="check",
        bash_command="dsinspect check -q -o checks.json nightly.yaml",
        cwd="/srv/data",
        retries=0,
        do_xcom_push=False,
    )
