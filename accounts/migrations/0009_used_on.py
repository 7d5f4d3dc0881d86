from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_second_factor'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='used_on',
            field=models.DateField(blank=True, editable=False, help_text='The last day of a session that was deleted.', null=True),
        ),
    ]
